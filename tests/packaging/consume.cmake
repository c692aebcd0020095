# Builds and runs the consumer by one way (`way`); packaging's CMakeLists.txt sets the rest.
set(room "${CMAKE_CURRENT_BINARY_DIR}/${way}")
file(REMOVE_RECURSE "${room}")
file(MAKE_DIRECTORY "${room}")

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(way STREQUAL find_package)
    run(${CMAKE_COMMAND} --install "${handoff_build}" --prefix "${room}/prefix")
    list(APPEND configure -D "CMAKE_PREFIX_PATH=${room}/prefix")
else()
    list(APPEND configure ${configure_subdirectory})
endif()

run(${CMAKE_COMMAND} -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${room}/build" ${configure})
run(${CMAKE_COMMAND} --build "${room}/build" --parallel 2)
run("${room}/build/consumer")
