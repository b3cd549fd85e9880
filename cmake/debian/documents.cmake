# Gives each package's files their form in Debian, before CPack packs them: copyright and changelogs, compressed pages,
# and one time for all files, so that two builds of one commit have the same bytes.
cmake_minimum_required(VERSION 3.25)
get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(version "${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
# Both follow SOURCE_DATE_EPOCH.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
string(TIMESTAMP seconds "%s" UTC)

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    set(root "${CPACK_TEMPORARY_DIRECTORY}/${component}")
    set(share "${root}${CPACK_PACKAGING_INSTALL_PREFIX}/share")
    string(TOUPPER "${component}" upper)
    set(folder "${share}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME}")
    file(REMOVE "${share}/doc/nib/LICENSE")
    configure_file("${source}/LICENSE" "${folder}/copyright" COPYONLY)
    configure_file("${source}/CHANGELOG.md" "${folder}/changelog" COPYONLY)
    file(WRITE "${folder}/changelog.Debian" "${CPACK_DEBIAN_PACKAGE_SOURCE} (${version}) unstable; urgency=medium\n\n"
        "  * Made by CPack. The changes are those of nib itself: see changelog.gz.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
    file(GLOB pages "${share}/man/*/*")
    execute_process(COMMAND gzip -9n "${folder}/changelog" "${folder}/changelog.Debian" ${pages} COMMAND_ERROR_IS_FATAL ANY)
    file(GLOB_RECURSE files "${share}/doc/*" "${share}/man/*")
    file(CHMOD ${files} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    execute_process(COMMAND find "${root}" -exec touch --no-dereference --date=@${seconds} {} + COMMAND_ERROR_IS_FATAL ANY)
endforeach()
