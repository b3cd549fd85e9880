# The headers' comments are plain C, for readers of the files themselves: this script marks them for Doxygen. A comment
# that begins a file or a line describes what follows; one after code describes that code. The headings between rules of
# dashes are left out.
1s|^/\*$|/** @file|
/^ *\/\* ----/b
s|^\( *\)/\* |\1/** |
s|\([^ ] *\) /\* |\1 /**< |
