# The folder is the registry: roundoff_registry(TARGET NAME TYPE HEADER FOLDER_OR_FILES) writes NAME_registry.cc, which calls
# roundoff::NAME::make_FILE() for each FILE.cc directly in the folder, in alphabetical order. Helpers live in a subfolder.
function(roundoff_registry target name type header place)
  if(IS_DIRECTORY "${CMAKE_SOURCE_DIR}/${place}")
    file(GLOB files CONFIGURE_DEPENDS ${place}/*.cc)
  else()
    set(files ${place})
  endif()
  list(FILTER files EXCLUDE REGEX "_fuzz\\.cc$")
  list(SORT files)
  set(declarations "")
  set(calls "")
  foreach(file ${files})
    get_filename_component(stem ${file} NAME_WE)
    string(APPEND declarations "${type} make_${stem}();\n")
    string(APPEND calls "  all.push_back(make_${stem}());\n")
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/generated/${name}_registry.cc)
  file(CONFIGURE OUTPUT ${generated} CONTENT
"// Made by the build from the files of a folder.
#include <vector>
#include \"${header}\"
namespace roundoff::${name} {
${declarations}
std::vector<${type}> make_all() {
  std::vector<${type}> all;
${calls}  return all;
}
}  // namespace roundoff::${name}
")
  target_sources(${target} PRIVATE ${generated})
endfunction()
