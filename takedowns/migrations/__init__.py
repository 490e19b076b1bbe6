"""Schema changes of complaints."""
