"""Thin: who asks, what they say, one service or queryset, the shape of the answer."""
