"""The forms of complaints: `portal` for rights holders, `desk` for reviewers."""
