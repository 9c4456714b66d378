"""Sources into folders of records: planned, shared out to workers, resumed."""
