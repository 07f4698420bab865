"""login.microsoftonline.com, as far as it is simulated: people sign in and consent on pages, programs get tokens."""
