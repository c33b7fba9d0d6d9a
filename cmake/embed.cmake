# roundoff_embed(TARGET FILE NAME) compiles a text file of the repository into the program: `extern const std::string_view NAME;` in
# namespace roundoff::embedded, so that no run depends on where data/ is.
function(roundoff_embed target file name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  file(READ ${CMAKE_SOURCE_DIR}/${file} text)
  # In pieces: compilers limit the length of one string literal.
  string(REGEX REPLACE "\n" "\n)~\" R\"~(" text "${text}")
  set(generated ${CMAKE_BINARY_DIR}/generated/${name}.cc)
  file(CONFIGURE OUTPUT ${generated} CONTENT
"// Made by the build from ${file}.
#include <string_view>
namespace roundoff::embedded {
extern const std::string_view ${name};
const std::string_view ${name} = R\"~(@text@)~\";
}  // namespace roundoff::embedded
" @ONLY)
  target_sources(${target} PRIVATE ${generated})
endfunction()
