"""What the public side does; each module holds the services of one noun."""
