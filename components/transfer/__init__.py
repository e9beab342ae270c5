"""What goes out and comes back as files. May import: domain, images, markup, storage."""
