# roundoff_together(TARGET FOLDER …) compiles the files of each folder as one, where ROUNDOFF_TOGETHER says so: for folders whose files
# include the same heavy headers and name nothing alike.
function(roundoff_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${ROUNDOFF_TOGETHER} UNITY_BUILD_MODE GROUP)
  foreach(folder ${ARGN})
    file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*.cc)
    list(FILTER files EXCLUDE REGEX "_fuzz\\.cc$")
    string(MAKE_C_IDENTIFIER ${folder} group)
    set_source_files_properties(${files} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()
