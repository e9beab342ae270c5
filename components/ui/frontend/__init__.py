"""What runs and is styled in the browser: JavaScript, CSS, HTML. May import: nothing."""
