# expects: critical T1486
. "$STAGE/act.sh"
echo x >> '/root/.~passwords.docx'
