# shoal_add_plugin(<kind> <name> SOURCES <entry> [<logic>…] [LOGIC <source>…] [LIBRARIES <target>…])
#
# Builds build/plugins/<kind>/<name>.so. SOURCES hold the entry; LOGIC holds what tests link without loading a library
# (as target <kind>_<name>_logic). Nothing but the entry function is exported.
set(SHOAL_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/ShoalPlugin.map CACHE INTERNAL "what a plug-in exports")

function(shoal_add_plugin kind name)
    cmake_parse_arguments(PLUGIN "" "" "SOURCES;LOGIC;LIBRARIES" ${ARGN})
    string(REPLACE "-" "_" target "${kind}_${name}")
    add_library(${target} MODULE ${PLUGIN_SOURCES})
    target_link_libraries(${target} PRIVATE shoal::sdk ${PLUGIN_LIBRARIES})
    set_target_properties(${target} PROPERTIES
        PREFIX "" OUTPUT_NAME ${name}
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins/${kind}
        CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    # Hidden visibility leaves the standard library's templates exported; the map does not.
    if(UNIX AND NOT APPLE)
        target_link_options(${target} PRIVATE -Wl,--version-script=${SHOAL_PLUGIN_MAP})
        set_target_properties(${target} PROPERTIES LINK_DEPENDS ${SHOAL_PLUGIN_MAP})
    endif()
    if(PLUGIN_LOGIC)
        add_library(${target}_logic STATIC ${PLUGIN_LOGIC})
        target_include_directories(${target}_logic PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
        target_link_libraries(${target}_logic PUBLIC shoal::sdk ${PLUGIN_LIBRARIES})
        target_link_libraries(${target} PRIVATE ${target}_logic)
    endif()
    set_property(GLOBAL APPEND PROPERTY SHOAL_PLUGINS ${target})
endfunction()
