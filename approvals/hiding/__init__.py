"""What is not shown as it is: masks, values withheld, letters that nobody sees."""
