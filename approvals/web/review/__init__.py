"""One question on its page: what is asked, with which care, and the decision."""
