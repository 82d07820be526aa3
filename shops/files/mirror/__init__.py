"""The mirror (E4): images and documents of a shop's articles on its server for files, sent as they change.

settings.py   what staff choose        names.py   how the files are called
wanted.py     what shall lie there     look.py    what does lie there
send.py       renaming, sending, deleting          work.py   one slice of it all
"""
