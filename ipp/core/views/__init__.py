"""Pages of the ground floor, by who reads them."""
