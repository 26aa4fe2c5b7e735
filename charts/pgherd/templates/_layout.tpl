{{/* The Services, the StatefulSets of members, and who leads where the values do not say. */}}
{{- define "pgherd.layout" -}}
write: {{ include "pgherd.name" . }}-{{ .Values.roles.primary }}
read: {{ include "pgherd.name" . }}-{{ .Values.roles.standby }}
leader: {{ include "pgherd.name" . }}-{{ .Values.roles.primary }}-0
sets:
  - name: {{ include "pgherd.name" . }}-{{ .Values.roles.primary }}
    replicas: 1
  - name: {{ include "pgherd.name" . }}-{{ .Values.roles.standby }}
    replicas: {{ sub .Values.members 1 }}
{{- end }}
