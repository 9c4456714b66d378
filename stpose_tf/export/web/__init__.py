"""A static web page on which an exported model runs in the browser."""
