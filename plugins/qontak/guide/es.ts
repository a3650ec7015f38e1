import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'Una organización en Mekari Qontak con un número de WhatsApp conectado.',
    'Acceso a https://developers.mekari.com: lo concede el soporte de Mekari.',
    'La dirección pública https de esta instalación (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Crear una aplicación en Mekari',
      does: [
        'https://developers.mekari.com › Applications › New application.',
        'Alcance: Qontak chat. Validación: HMAC.',
        'Copia su ID de cliente y su secreto de cliente.',
      ],
      fields: {
        auth: 'Mekari Developer, para una aplicación creada así. La API abierta anterior solo si tu cuenta aún tiene un token de ella.',
        clientId: 'developers.mekari.com › Applications › tu aplicación.',
        clientSecret: 'Junto al ID de cliente.',
        apiBaseUrl: 'Mekari: https://api.mekari.com/qontak/chat/v1. Su sandbox: https://sandbox-api.mekari.com/qontak/chat/v1. API abierta anterior: https://service-chat.qontak.com/api/open/v1.',
      },
    },
    {
      title: 'O copiar el token de bot de la API abierta anterior',
      does: ['En los ajustes de Qontak, copia el token de bot. Con un token de usuario no se puede registrar el endpoint.'],
      fields: { accessToken: 'Los ajustes de Qontak: el token de bot. Vacío para Mekari Developer.' },
    },
    {
      title: 'Conectar el número aquí',
      does: [
        'WhatsApp › Conectar un número nuevo › Qontak. Pega las credenciales.',
        'Muestra los números: Qontak no enseña los ID de sus canales en ningún otro sitio. Elige uno, dale un nombre y un agente, y conéctalo.',
      ],
      fields: {
        channelIntegrationIds: 'Solo en la lista de números, junto al teléfono. Al conectar un número se añade aquí solo.',
        organizationId: 'La pestaña Diagnóstico lo nombra cuando las credenciales son correctas. Escríbelo entonces: se rechazan los webhooks de otra organización.',
      },
    },
    {
      title: 'Registrar el endpoint',
      does: [
        'En la pestaña Diagnóstico de la conexión, pulsa Registrar endpoint. Se puede repetir cuando quieras.',
        'Qontak guarda una sola dirección para todos los canales de una organización. Si hay otra, se te pregunta antes, y se restaura cuando se quita esta.',
      ],
    },
    {
      title: 'Cuando haga falta',
      does: ['La mayoría los deja como están.'],
      fields: {
        quietWhenAssigned: 'Decisión tuya: ¿puede el agente de aquí responder en una sala mientras la tiene una persona en Qontak?',
        sendAs: 'Bot para una aplicación o un token de bot. Usuario solo para un token de usuario.',
        ownSenderId: 'Solo para «Usuario»: el sender_id de ese usuario, tal como aparece en un webhook de un mensaje que envió.',
        requestsPerMinute: 'Lo que Mekari concedió a tu organización. Su documentación dice 100.',
      },
    },
  ],
  handOff: [
    'No hay que pegar nada si quien te dio esta página tiene las credenciales: registra la URL de callback por su cuenta.',
    'A mano: PUT /message_interactions de la API de Qontak para la organización, con la URL de callback como url, y receive_message_from_customer, receive_message_from_agent, status_message y broadcast_log_status en true. Después PUT /room_interactions con la misma url y room_resolved en true.',
    'Qontak guarda una sola dirección para todos los canales de una organización. Pregunta antes de sustituir otra.',
    'La URL de callback es el secreto: Qontak no firma nada. No la compartas con nadie más.',
    'Escribe al número desde un teléfono. Quien te dio esta página lo ve enseguida.',
  ],
};
