# The headers' comments are plain C, for those who read them as they are: this marks them for Doxygen. One that begins a
# file or a line tells of what follows, one behind code of that; the headings between rules of dashes are no comments.
1s|^/\*$|/** @file|
/^ *\/\* ----/b
s|^\( *\)/\* |\1/** |
s|\([^ ] *\) /\* |\1 /**< |
