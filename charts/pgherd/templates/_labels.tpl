{{/* Labels of an object: (dict "root" ROOT "component" COMPONENT). */}}
{{- define "pgherd.labels" -}}
app.kubernetes.io/component: {{ $.component | quote }}
app.kubernetes.io/instance: {{ include "pgherd.name" $.root | quote }}
app.kubernetes.io/managed-by: {{ $.root.Release.Service }}
helm.sh/chart: {{ include "pgherd.chart" $.root }}
app.kubernetes.io/name: postgresql
{{- range $key, $value := $.root.Values.labels }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
{{- end }}
