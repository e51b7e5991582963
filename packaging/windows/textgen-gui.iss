; Inno Setup, UNTESTED: there was no Windows where this was written. Build the bundle first, then
;   iscc packaging\windows\textgen-gui.iss
#define Version "0.1.0"

[Setup]
AppId={{6B9F0A52-6C0E-4E55-9D3C-1B3C5B7D2E11}
AppName=TextGen GUI
AppVersion={#Version}
DefaultDirName={autopf}\TextGen GUI
DefaultGroupName=TextGen GUI
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
Compression=lzma2/max
SolidCompression=yes
OutputDir=..\..\dist
OutputBaseFilename=textgen-gui-{#Version}-setup

[Files]
Source: "..\..\dist\textgen-gui\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\TextGen GUI"; Filename: "{app}\TextGen GUI.exe"

[Registry]
Root: HKA; Subkey: "Software\Classes\.textgen"; ValueType: string; ValueData: "TextGenGUI.Project"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\TextGenGUI.Project"; ValueType: string; ValueData: "TextGen project"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\TextGenGUI.Project\shell\open\command"; ValueType: string; ValueData: """{app}\TextGen GUI.exe"" ""%1"""
