{{/* The cluster's name, and the beginning of every object's. */}}
{{- define "pgherd.name" -}}
{{- .Values.fullnameOverride | default .Values.name | default .Release.Name -}}
{{- end }}

{{/* The pods of all members, as a list: set by set, counted out from 0. */}}
{{- define "pgherd.members" -}}
{{- range $set := (include "pgherd.layout" . | fromYaml).sets -}}
{{- range $ordinal := until (int $set.replicas) }}
- {{ printf "%s-%d" $set.name $ordinal }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The pod that leads. */}}
{{- define "pgherd.leader" -}}
{{- .Values.primary | default (include "pgherd.layout" . | fromYaml).leader -}}
{{- end }}

{{/* Not empty where the values name a member that would not lead without. */}}
{{- define "pgherd.hasMoved" -}}
{{- if ne (include "pgherd.leader" .) (include "pgherd.layout" . | fromYaml).leader }}true{{ end -}}
{{- end }}

{{/* The chart, for the label by which Helm's users know it. */}}
{{- define "pgherd.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote -}}
{{- end }}

{{/* A value of postgresql.conf: bare where it is a plain word or number, else in quotes. */}}
{{- define "pgherd.setting" -}}
{{- if kindIs "bool" . -}}
{{- ternary "on" "off" . -}}
{{- else if not (kindIs "string" .) -}}
{{- /* The file takes an exponent in quotes only. */ -}}
{{- $number := toJson . -}}
{{- if contains "e" $number }}'{{ $number }}'{{ else }}{{ $number }}{{ end -}}
{{- else if regexMatch "^([A-Za-z][A-Za-z0-9_]*|[0-9]{1,15})$" . -}}
{{- . -}}
{{- else -}}
'{{ . | replace "\\" "\\\\" | replace "'" "''" }}'
{{- end -}}
{{- end }}

{{/* A database's or user's name in pg_hba.conf: bare where it is a plain word, else in quotes. */}}
{{- define "pgherd.hbaName" -}}
{{- if regexMatch "^[A-Za-z0-9_][-A-Za-z0-9_.]*$" . -}}
{{- . -}}
{{- else -}}
"{{ . | replace "\"" "\"\"" }}"
{{- end -}}
{{- end }}

{{/* The checksum of the digests of ConfigMaps: (list ROOT TEMPLATE...). Pods restart when it changes. */}}
{{- define "pgherd.checksum" -}}
{{- $root := first . -}}
{{- $text := "" -}}
{{- range rest . -}}
{{- $text = print $text (include . $root) -}}
{{- end -}}
{{- sha256sum $text -}}
{{- end }}
