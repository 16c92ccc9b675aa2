#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# manifest.sh VERSIONS FILE...: what the images are made of and their checksums, as JSON.
set -euo pipefail

versions=$1
shift
printf '{\n\t"kernel": "%s",\n\t"packages": {\n' "$(sed -n 's/^release //p' "$versions")"
sed -n '/^release /d; s/\(.*\) \(.*\)/\t\t"\1": "\2",/; p' "$versions" | sed '$ s/,$//'
printf '\t},\n\t"files": {\n'
for file; do
	printf '\t\t"%s": {"bytes": %s, "sha256": "%s"},\n' "${file##*/}" "$(stat -c %s "$file")" \
		"$(sha256sum <"$file" | cut -d' ' -f1)"
done | sed '$ s/,$//'
printf '\t}\n}\n'
