"""A version that does not exist: it adds a column to articles, to bylines and to comments, and lets a headline be longer."""
