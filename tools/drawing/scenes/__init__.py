"""The pictures of the demo. Importing a module registers what it draws."""
