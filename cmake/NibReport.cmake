# Run by cmake -D FOLDER=tools/nib -D OUT=FILE -P: inserts style and script into report.html and writes it as
# report_template.cpp, in two pieces between which the data go.
foreach(part IN ITEMS html css js)
    file(READ "${FOLDER}/report.${part}" ${part})
endforeach()
string(REPLACE "{{style}}" "${css}" html "${html}")
string(REPLACE "{{script}}" "${js}" html "${html}")
string(FIND "${html}" "{{data}}" at)
string(SUBSTRING "${html}" 0 ${at} before)
string(SUBSTRING "${html}" ${at} -1 after)
string(REPLACE "{{data}}" "" after "${after}")
file(WRITE "${OUT}" "#include \"report_template.hpp\"

const std::string_view nib::cli::report_before_data = R\"page(${before})page\";
const std::string_view nib::cli::report_after_data = R\"page(${after})page\";
")
