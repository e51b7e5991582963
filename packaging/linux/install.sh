#!/bin/sh
# Puts TextGen GUI into the menus of this user, and lets a double click on a .textgen file open it.
# It copies nothing but four small files: the program stays in the folder where this script lies.
# "./install.sh remove" takes them out again.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
name=org.textgen_gui.TextGenGUI

if [ "${1:-}" = remove ]; then
    rm -f "$data/applications/$name.desktop" "$data/mime/packages/$name.xml" \
        "$data/metainfo/$name.metainfo.xml" "$data/icons/hicolor/scalable/apps/$name.svg"
else
    mkdir -p "$data/applications" "$data/mime/packages" "$data/metainfo" "$data/icons/hicolor/scalable/apps"
    sed "s|^Exec=.*|Exec=\"$here/textgen-gui\" %F|" "$here/share/$name.desktop" > "$data/applications/$name.desktop"
    cp "$here/share/$name.xml" "$data/mime/packages/$name.xml"
    cp "$here/share/$name.metainfo.xml" "$data/metainfo/$name.metainfo.xml"
    cp "$here/share/$name.svg" "$data/icons/hicolor/scalable/apps/$name.svg"
fi

for update in "update-mime-database $data/mime" "update-desktop-database $data/applications"; do
    if command -v "${update%% *}" > /dev/null; then $update || true; fi
done
