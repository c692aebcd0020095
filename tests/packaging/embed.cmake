# Builds and runs examples/03_embed by one way (`way`); packaging's CMakeLists.txt sets the rest.
set(lesson "${handoff_source}/examples/03_embed")
set(room "${CMAKE_CURRENT_BINARY_DIR}/${way}")
file(REMOVE_RECURSE "${room}")
file(MAKE_DIRECTORY "${room}/bin")

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(build)
    run(${CMAKE_COMMAND} -S "${lesson}/${way}" -B "${room}/bin" ${configure} ${ARGN})
    run(${CMAKE_COMMAND} --build "${room}/bin" --parallel 2)
endfunction()

# Installs this build into the folder as if it were the root, and looks at what is there then.
function(install_below root prefix)
    set(ENV{DESTDIR} "${root}")
    run(${CMAKE_COMMAND} --install "${handoff_build}" --prefix "${prefix}")
    file(GLOB_RECURSE installed RELATIVE "${root}${prefix}/include" "${root}${prefix}/include/*")
    set(public "")
    foreach(headers IN ITEMS kit/include patterns/include)
        file(GLOB_RECURSE found RELATIVE "${handoff_source}/${headers}"
            "${handoff_source}/${headers}/*")
        list(APPEND public ${found})
    endforeach()
    list(SORT installed)
    list(SORT public)
    if(NOT installed STREQUAL public)
        message(FATAL_ERROR "installed are\n${installed}\nand public headers\n${public}")
    endif()
    if(NOT EXISTS "${root}${prefix}/bin/handoff")
        message(FATAL_ERROR "the handoff command is not installed")
    endif()
endfunction()

if(way STREQUAL find_package)
    # Moved after it was installed: nothing in the package may know where it was.
    install_below("${room}/made" /opt/handoff)
    file(RENAME "${room}/made/opt/handoff" "${room}/moved")
    build(-D "CMAKE_PREFIX_PATH=${room}/moved")
elseif(way STREQUAL pkg_config)
    install_below("${room}/made" /usr/local)
    set(installed "${room}/made/usr/local/${libdir}")
    set(ENV{PKG_CONFIG_PATH} "${installed}/pkgconfig")
    set(ENV{LD_LIBRARY_PATH} "${installed}")  # a shared library is used where it lies
    run(make -C "${room}/bin" -f "${lesson}/pkg_config/Makefile" "CXX=${compiler}")
elseif(way STREQUAL add_subdirectory)
    build(${configure_subdirectory} -D CMAKE_EXPORT_COMPILE_COMMANDS=ON)
    # What we ask of our own sources is not asked of others'.
    file(STRINGS "${room}/bin/compile_commands.json" commands REGEX "\"command\".*embed/main.cpp")
    if(NOT commands OR commands MATCHES " -W")
        message(FATAL_ERROR "the program is compiled with warnings of ours: ${commands}")
    endif()
endif()

set(ENV{HANDOFF_BIN_DIR} "${room}/bin")
run(sh "${lesson}/check.sh")
