# Run by cmake -D FOLDER=tools/nib/report -D STYLES=LIST -D SCRIPTS=LIST -D OUT=FILE -P: inserts the styles and scripts,
# in their order, into page.html and writes it as report_template.cpp, in two pieces between which the data go.
file(READ "${FOLDER}/page.html" page)
foreach(name IN LISTS STYLES)
    file(READ "${FOLDER}/${name}.css" text)
    string(APPEND style "${text}")
endforeach()
foreach(name IN LISTS SCRIPTS)
    file(READ "${FOLDER}/${name}.js" text)
    string(APPEND script "\n${text}")
endforeach()
string(REPLACE "{{style}}" "${style}" page "${page}")
string(REPLACE "{{script}}" "${script}" page "${page}")
string(FIND "${page}" "{{data}}" at)
string(SUBSTRING "${page}" 0 ${at} before)
string(SUBSTRING "${page}" ${at} -1 after)
string(REPLACE "{{data}}" "" after "${after}")
file(WRITE "${OUT}" "#include \"report_template.hpp\"

const std::string_view nib::cli::report_before_data = R\"page(${before})page\";
const std::string_view nib::cli::report_after_data = R\"page(${after})page\";
")
