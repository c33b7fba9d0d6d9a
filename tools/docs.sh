#!/usr/bin/env bash
# Writes the reference pages from the program's own registries: docs.sh PROGRAM FOLDER
set -euo pipefail
program=$1
folder=$2
mkdir -p "$folder"

page() { printf '# %s\n\nWritten by `./dev docs` from the program itself.\n\n' "$1"; }

{ page "Ops"; "$program" ops --markdown; } > "$folder/ops.md"
{ page "Causes"; "$program" causes --markdown; } > "$folder/causes.md"
{
  page "Commands"
  printf '```\n'; "$program" --help; printf '```\n'
  for command in compare diff sweep merge backends ops causes env; do
    printf '\n## %s\n\n```\n' "$command"; "$program" "$command" --help; printf '```\n'
  done
} > "$folder/commands.md"
