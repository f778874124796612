"""Pages of the public site and of the operator's screening room."""
