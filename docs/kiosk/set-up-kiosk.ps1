# Windows Enterprise, Education or IoT Enterprise: run once as SYSTEM (psexec -s), beside shell-launcher.xml.
# It gives the local user "cubby" Cubby as the only program, and filters the keys that leave it.
$ErrorActionPreference = 'Stop'

Enable-WindowsOptionalFeature -Online -NoRestart -FeatureName Client-EmbeddedShellLauncher | Out-Null
Enable-WindowsOptionalFeature -Online -NoRestart -FeatureName Client-KeyboardFilter | Out-Null

# The shell.
$bridge = Get-CimInstance -Namespace root\cimv2\mdm\dmmap -ClassName MDM_AssignedAccess
$xml = Get-Content -Raw -Path (Join-Path $PSScriptRoot 'shell-launcher.xml')
$bridge.ShellLauncher = [System.Net.WebUtility]::HtmlEncode($xml)
Set-CimInstance -CimInstance $bridge

# The keys. Administrators keep theirs.
$filter = @{ Namespace = 'root\standardcimv2\embedded' }
$forStaff = Get-CimInstance @filter -ClassName WEKF_Settings | Where-Object Name -eq 'DisableKeyboardFilterForAdministrators'
$forStaff.Value = 'true'
Set-CimInstance -CimInstance $forStaff
$known = @(
  'Alt+F4', 'Alt+Tab', 'Alt+Esc', 'Alt+Space', 'Ctrl+Esc', 'Ctrl+Alt+Del', 'Shift+Ctrl+Esc', 'Ctrl+F4', 'Ctrl+Tab',
  'Win+L', 'Win+D', 'Win+E', 'Win+R', 'Win+U', 'Win+Enter', 'Windows', 'LShift+LAlt+NumLock', 'LShift+LAlt+PrintScrn',
  'BrowserBack', 'BrowserForward', 'BrowserRefresh', 'BrowserStop', 'BrowserSearch', 'BrowserFavorites', 'BrowserHome',
  'LaunchMail', 'LaunchMediaSelect', 'LaunchApp1', 'LaunchApp2', 'F21'
)
foreach ($key in Get-CimInstance @filter -ClassName WEKF_PredefinedKey | Where-Object { $known -contains $_.Id }) {
  $key.Enabled = $true
  Set-CimInstance -CimInstance $key
}
foreach ($key in 'Ctrl+P', 'Ctrl+W', 'Ctrl+R', 'F5', 'F11', 'F12', 'Ctrl+Shift+I', 'Shift+F10') {
  if (-not (Get-CimInstance @filter -ClassName WEKF_CustomKey | Where-Object Id -eq $key)) {
    Invoke-CimMethod @filter -ClassName WEKF_CustomKey -MethodName Add -Arguments @{ CustomKey = $key } | Out-Null
  }
}

# No swipe from the edge, no reporting dialogs, no prompts for feedback.
$policies = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows'
New-Item -Force "$policies\EdgeUI" | Out-Null
Set-ItemProperty "$policies\EdgeUI" AllowEdgeSwipe 0 -Type DWord
New-Item -Force "$policies\Windows Error Reporting" | Out-Null
Set-ItemProperty "$policies\Windows Error Reporting" DontShowUI 1 -Type DWord

'Done. Restart, and let the machine sign in as cubby by itself (netplwiz, or Autologon of Sysinternals).'
