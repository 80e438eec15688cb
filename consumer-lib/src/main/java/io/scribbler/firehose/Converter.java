package io.scribbler.firehose;

import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses an option's value; what the parser refuses becomes the usage error as it is. */
abstract class Converter<T> implements ITypeConverter<T> {
  private final Function<String, T> parser;

  Converter(Function<String, T> parser) {
    this.parser = parser;
  }

  @Override
  public T convert(String text) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
