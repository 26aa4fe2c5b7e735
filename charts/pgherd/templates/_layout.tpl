{{/* The Services, the StatefulSets of members, and who leads where the values do not say. */}}
{{- define "pgherd.layout" -}}
write: {{ ternary (printf "%s-%s" (include "pgherd.name" .) .Values.roles.primary) (printf "%s-primary" (include "pgherd.name" .)) (eq .Values.topology "streaming") | quote }}
read: {{ ternary (printf "%s-%s" (include "pgherd.name" .) .Values.roles.standby) (printf "%s-standby" (include "pgherd.name" .)) (eq .Values.topology "streaming") | quote }}
leader: {{ ternary (printf "%s-%s-0" (include "pgherd.name" .) .Values.roles.primary) (printf "%s-0" (include "pgherd.name" .)) (eq .Values.topology "streaming") | quote }}
{{- if or (eq .Values.topology "patroni") (eq .Values.topology "streaming") }}
sets:
  {{- if eq .Values.topology "patroni" }}
  - name: {{ include "pgherd.name" . | quote }}
    replicas: {{ int64 .Values.members }}
  {{- end }}
  {{- if eq .Values.topology "streaming" }}
  - name: {{ include "pgherd.name" . }}-{{ .Values.roles.primary }}
    replicas: 1
  {{- end }}
  {{- if eq .Values.topology "streaming" }}
  - name: {{ include "pgherd.name" . }}-{{ .Values.roles.standby }}
    replicas: {{ sub .Values.members 1 }}
  {{- end }}
{{- else }}
sets: []
{{- end }}
{{- end }}
