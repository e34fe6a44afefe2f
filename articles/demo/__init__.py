"""A whole publication to try the product on: invented places, our own words, pictures drawn by our own program.

`publication.toml` holds topics, authors and the front page, `photos.toml` the picture library, `stories/` and `pages/`
one file each: TOML between two lines of “+++”, then the text in the HTML of `articles.body`, where a figure names its
photo by key. `loading.py` puts it into the database, once.
"""
