"""Files for people: spreadsheets, documents, cards. Called by web and cli; reads kpi and records, changes
nothing."""
