"""What goes out and comes back: tables, ZIPs, pages. May import: domain, images, storage."""
