#!/usr/bin/env bash
# Sourced: the files of the tree by kind, NUL-separated, whether committed or new.

# files PATTERN...: those git knows or would add, that exist.
files() {
	local file
	git ls-files -co --exclude-standard "$@" | while read -r file; do
		if [ -f "$file" ]; then
			printf '%s\0' "$file"
		fi
	done
}

# Shell scripts: by name or by their first line.
shell_files() {
	local file
	files script .ci tests sql | while read -r -d '' file; do
		case $file in
			*.sh) printf '%s\0' "$file" ;;
			*.*) ;;
			*)
				if head -n 1 "$file" | grep -qE '^#!.*[/ ](ba)?sh$'; then
					printf '%s\0' "$file"
				fi
				;;
		esac
	done
	printf '.ci/run\0'
}
