package io.scribbler.local;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One structure of a request: its members by name. Blobs are views of the request's body, so they
 * end with it.
 */
final class Input {
  private static final int MAX_VALUES = 100_000;

  private final WireFormat format;
  private final Map<String, Object> members;

  private Input(WireFormat format, Map<String, Object> members) {
    this.format = format;
    this.members = members;
  }

  /** Reads a request's body; a body that can't be read is a SerializationException. */
  static Input parse(WireFormat format, byte[] body, int length) {
    if (length == 0) {
      return new Input(format, Map.of());
    }
    try (JsonParser parser = format.parser(body, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw ApiException.unreadable("The request's body is no structure.");
      }
      return new Reader(format, parser, body).structure();
    } catch (IOException e) {
      throw ApiException.unreadable("The request's body is no " + format.contentType() + ".");
    }
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  /** The text of a member, or null without it. */
  String text(String name) {
    return member(name, String.class);
  }

  String requiredText(String name) {
    return required(name, text(name));
  }

  /** The number of a member, or the default without it. */
  long number(String name, long otherwise) {
    Number value = member(name, Number.class);
    return value == null ? otherwise : value.longValue();
  }

  /** Whether a flag is there and set. */
  boolean isTrue(String name) {
    return Boolean.TRUE.equals(member(name, Boolean.class));
  }

  /** A number between two bounds, both included. */
  int number(String name, int otherwise, int least, int most) {
    long value = number(name, otherwise);
    if (value < least || value > most) {
      throw constraint(name, "Member must be between " + least + " and " + most);
    }
    return (int) value;
  }

  int requiredNumber(String name, int least, int most) {
    required(name, members.get(name));
    return number(name, 0, least, most);
  }

  /** Milliseconds since 1970 of a time member, or -1 without it. */
  long millis(String name) {
    Number value = member(name, Number.class);
    if (value == null) {
      return -1;
    }
    return format == WireFormat.CBOR
        ? value.longValue()
        : Math.round(Math.min(value.doubleValue(), 1e12) * 1000);
  }

  ByteBuffer requiredBlob(String name) {
    return required(name, member(name, ByteBuffer.class));
  }

  /** A structure member, or null without it. */
  Input structure(String name) {
    return member(name, Input.class);
  }

  Map<String, Object> members() {
    return members;
  }

  /** The structures of a list member; empty without it. */
  List<Input> structures(String name) {
    List<?> list = member(name, List.class);
    if (list == null) {
      return List.of();
    }
    List<Input> structures = new ArrayList<>(list.size());
    for (Object item : list) {
      if (!(item instanceof Input structure)) {
        throw ApiException.unreadable("Member " + name + " must be a list of structures.");
      }
      structures.add(structure);
    }
    return structures;
  }

  /** The texts of a list member; empty without it. */
  List<String> texts(String name) {
    List<?> list = member(name, List.class);
    return list == null ? List.of() : list.stream().map(String::valueOf).toList();
  }

  static ApiException constraint(String name, String constraint) {
    return ApiException.validation(
        "1 validation error detected: Value at '"
            + Character.toLowerCase(name.charAt(0))
            + name.substring(1)
            + "' failed to satisfy constraint: "
            + constraint);
  }

  private static <T> T required(String name, T value) {
    if (value == null) {
      throw constraint(name, "Member must not be null");
    }
    return value;
  }

  private <T> T member(String name, Class<T> type) {
    Object value = members.get(name);
    if (value != null && !type.isInstance(value)) {
      throw ApiException.unreadable("Member " + name + " has the wrong type.");
    }
    return type.cast(value);
  }

  /** Walks a body's tokens once. */
  private static final class Reader {
    private final WireFormat format;
    private final JsonParser parser;
    private final byte[] body;
    private int values;

    Reader(WireFormat format, JsonParser parser, byte[] body) {
      this.format = format;
      this.parser = parser;
      this.body = body;
    }

    Input structure() throws IOException {
      Map<String, Object> members = new HashMap<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        Object value = value(parser.nextToken(), name);
        if (value != null) {
          members.put(name, value);
        }
      }
      if (parser.currentToken() != JsonToken.END_OBJECT) {
        throw ApiException.unreadable("The request's body ends too early.");
      }
      return new Input(format, members);
    }

    private Object value(JsonToken token, String name) throws IOException {
      if (++values > MAX_VALUES) {
        throw ApiException.unreadable("The request has more than " + MAX_VALUES + " values.");
      }
      if (token == null) {
        throw ApiException.unreadable("The request's body ends too early.");
      }
      return switch (token) {
        case START_OBJECT -> structure();
        case START_ARRAY -> list(name);
        case VALUE_STRING -> isData(name) ? blob() : parser.getText();
        case VALUE_EMBEDDED_OBJECT -> blob();
        case VALUE_NUMBER_INT -> (Number) parser.getLongValue();
        case VALUE_NUMBER_FLOAT -> (Number) parser.getDoubleValue();
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        case VALUE_NULL -> null;
        default -> throw ApiException.unreadable("The request's body has a stray " + token + ".");
      };
    }

    /** Whether a text is a record's data rather than, say, the value of a tag of that name. */
    private boolean isData(String name) {
      return name.equals("Data")
          && parser.getParsingContext().getParent() != null
          && parser.getParsingContext().getParent().getCurrentName() == null;
    }

    private List<Object> list(String name) throws IOException {
      List<Object> items = new ArrayList<>();
      for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
        items.add(value(t, name));
      }
      return items;
    }

    private ByteBuffer blob() throws IOException {
      if (format == WireFormat.JSON) {
        return ByteBuffer.wrap(parser.getBinaryValue());
      }
      int type = body[(int) parser.currentTokenLocation().getByteOffset()] & 0xff;
      if (type >= 0x40 && type <= 0x5b) {
        int length = parser.readBinaryValue(OutputStream.nullOutputStream());
        int end = (int) parser.currentLocation().getByteOffset();
        return ByteBuffer.wrap(body, end - length, length);
      }
      return ByteBuffer.wrap(parser.getBinaryValue());
    }
  }
}
