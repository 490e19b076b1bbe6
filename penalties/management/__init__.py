"""Commands that need every app, and the stories they tell."""
