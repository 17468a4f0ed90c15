"""Where prices come from, and what is known of them."""
