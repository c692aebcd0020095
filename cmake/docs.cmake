# The target `docs`: the reference of the public headers and the pages beside them, as HTML below
# build/PRESET/docs/html. What Doxygen warns of is an error, and the test docs/doxygen runs into it.
find_package(Doxygen 1.9 QUIET COMPONENTS doxygen)

if(NOT DOXYGEN_FOUND)
    add_custom_target(docs
        COMMAND ${CMAKE_COMMAND} -E echo "This needs Doxygen 1.9:  apt-get install doxygen"
        COMMAND ${CMAKE_COMMAND} -E false)
    set(docs_test ${CMAKE_COMMAND} -E echo "SKIPPED: Doxygen is not installed")
else()
    # The pages in the order in which they are to be read; the guide's is in its table.
    file(STRINGS "${PROJECT_SOURCE_DIR}/docs/guide.md" rows REGEX "^\\| \\[[^]]*\\]\\(guide/")
    list(TRANSFORM rows REPLACE "^[^(]*\\(([^)]*)\\).*" "docs/\\1" OUTPUT_VARIABLE guide)
    file(GLOB examples RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS examples/*/README.md)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS docs/guide.md)

    set(DOXYGEN_PROJECT_NAME Handoff)
    set(DOXYGEN_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/docs")
    set(DOXYGEN_GENERATE_LATEX NO)
    set(DOXYGEN_QUIET YES)
    set(DOXYGEN_WARN_AS_ERROR FAIL_ON_WARNINGS)

    # A comment's first sentence is the brief one, and prose tells of parameters where their names
    # do not: nobody is made to repeat a signature in tags.
    set(DOXYGEN_JAVADOC_AUTOBRIEF YES)
    set(DOXYGEN_EXTRACT_ALL YES)
    set(DOXYGEN_SORT_MEMBER_DOCS NO)  # a header's order is meant

    # What applications use, and nothing of what it is made of.
    set(DOXYGEN_EXCLUDE_SYMBOLS handoff::detail handoff::*::detail)
    set(DOXYGEN_EXCLUDE_PATTERNS "*/detail/*")
    set(DOXYGEN_HIDE_FRIEND_COMPOUNDS YES)
    set(DOXYGEN_STRIP_FROM_INC_PATH
        "${PROJECT_SOURCE_DIR}/kit/include" "${PROJECT_SOURCE_DIR}/patterns/include")

    set(DOXYGEN_USE_MDFILE_AS_MAINPAGE "${PROJECT_SOURCE_DIR}/README.md")
    set(DOXYGEN_FILTER_PATTERNS "\"*.md=sed -E -f ${CMAKE_CURRENT_LIST_DIR}/docs.sed\"")
    set(DOXYGEN_GENERATE_TREEVIEW YES)
    set(DOXYGEN_SHOW_FILES NO)
    set(DOXYGEN_HAVE_DOT NO)
    set(DOXYGEN_HTML_EXTRA_STYLESHEET "${CMAKE_CURRENT_LIST_DIR}/docs.css")
    doxygen_add_docs(docs
        README.md docs/guide.md ${guide} patterns/README.md examples/README.md ${examples} docs
        CONTRIBUTING.md SECURITY.md CHANGELOG.md kit/include patterns/include
        WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
        COMMENT "Writing the reference to ${PROJECT_BINARY_DIR}/docs/html/index.html")
    set(docs_test ${DOXYGEN_EXECUTABLE} "${CMAKE_CURRENT_BINARY_DIR}/Doxyfile.docs")
endif()

if(HANDOFF_BUILD_TESTS)
    add_test(NAME docs/doxygen COMMAND ${docs_test} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
    set_tests_properties(docs/doxygen PROPERTIES
        LABELS docs TIMEOUT 120 SKIP_REGULAR_EXPRESSION "SKIPPED: ")
endif()
