"""What a prediction leaves behind: poses files, motion files, tables, pictures."""
