"""Official documents as bytes: a neutral description in, Word, PDF, Excel, a web page or JSON out.

`model` says what a document is made of, `render.render` is the one door. `arranged` settles words, numbers and indents
once for all formats, `geometry` the measures of GB/T 9704-2012; `word`, `pdf` (with official.typ), `workbook`, `page`
and `plain` each write one format. Nothing here knows where the words and figures come from.
"""
