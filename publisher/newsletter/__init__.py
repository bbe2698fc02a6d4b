"""Post → issue: the page, the plain text, and the bytes that each recipient's values are put into.

letter     what the templates get
templates  the site's templates over the shipped ones
fit        a post's HTML made to fit a mail: pictures, tables, code
inline     the style sheet, put into style attributes (premailer)
text       the plain-text part; wrap and tables serve it
compose    all of these, once per issue: letter → Body
compile    Body → bytes with slots; filling them makes a recipient's message
headers    which headers an issue has; fields writes each, oneline what people wrote in them
quoted     quoted-printable around slots; slots, body and packing are what else compile needs
"""
