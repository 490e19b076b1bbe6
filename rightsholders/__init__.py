"""Rights holders: who they are, what they own, who may act for them, and what of it has been verified."""
