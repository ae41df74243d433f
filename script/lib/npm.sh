#!/usr/bin/env bash
# Sourced: node_modules as a folder's lock names them.

# npm_install WHO FOLDER: exactly what the lock has, without its scripts. Nothing is asked of the
# network when that is there already; two builds at one time wait for each other.
npm_install() {
	local who=$1 folder=$2 lock

	exec {lock}<"$folder"
	flock "$lock"
	if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.lock"; then
		echo "$who: installing ${folder##*/}/node_modules"
		(cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
		cp "$folder/package-lock.json" "$folder/node_modules/.lock"
	fi
	exec {lock}<&-
}
