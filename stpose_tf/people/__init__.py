"""People in a video: who is where, with an id that stays."""
